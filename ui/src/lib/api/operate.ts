/** What administrators ask of the server itself: its settings, its work. */
import { infiniteQueryOptions } from "@tanstack/svelte-query";

import { ask, client } from "./client";
import type { Job, SettingsChange } from "./types";

const POLL_MS = 3000;

export type JobState = Job["state"];
export interface JobFilter {
  state?: JobState;
  queue?: string;
}

export const settings = () => ({ queryKey: ["settings"] as const, queryFn: () => ask(client.GET("/api/v1/settings")) });
export const changeSettings = (body: SettingsChange) => ask(client.PATCH("/api/v1/settings", { body }));

export const jobs = (filter: JobFilter) =>
  infiniteQueryOptions({
    queryKey: ["jobs", filter] as const,
    queryFn: ({ pageParam }) => ask(client.GET("/api/v1/jobs", { params: { query: { ...filter, limit: 50, after: pageParam ?? undefined } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: POLL_MS, // jobs have no events of their own
  });
export const retryJob = (id: number) => ask(client.POST("/api/v1/jobs/{job_id}/retry", { params: { path: { job_id: String(id) } } }));
export const cancelJob = (id: number) => ask(client.DELETE("/api/v1/jobs/{job_id}", { params: { path: { job_id: String(id) } } }));
