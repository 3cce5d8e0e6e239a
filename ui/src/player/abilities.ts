/** What this browser can truly play, asked of the browser itself, in the words of ffprobe. */
import type { Client } from "../lib/api/types";

type Probe = [name: string, types: string[]];

const CONTAINERS: Probe[] = [
  ["mp4", ['video/mp4; codecs="avc1.42E01E, mp4a.40.2"']],
  ["webm", ['video/webm; codecs="vp9, opus"', 'video/webm; codecs="vp8, vorbis"']],
  ["matroska", ['video/x-matroska; codecs="avc1.42E01E, mp4a.40.2"']],
  ["m4a", ['audio/mp4; codecs="mp4a.40.2"']],
  ["mp3", ["audio/mpeg"]],
  ["flac", ["audio/flac"]],
  ["ogg", ['audio/ogg; codecs="vorbis"', 'audio/ogg; codecs="opus"']],
  ["wav", ['audio/wav; codecs="1"']],
];
const VIDEO: Probe[] = [
  ["h264", ['video/mp4; codecs="avc1.640028"']],
  ["hevc", ['video/mp4; codecs="hvc1.1.6.L120.90"', 'video/mp4; codecs="hev1.1.6.L120.90"']],
  ["vp8", ['video/webm; codecs="vp8"']],
  ["vp9", ['video/webm; codecs="vp09.00.40.08"', 'video/mp4; codecs="vp09.00.40.08"']],
  ["av1", ['video/mp4; codecs="av01.0.08M.08"', 'video/webm; codecs="av01.0.08M.08"']],
];
const AUDIO: Probe[] = [
  ["aac", ['audio/mp4; codecs="mp4a.40.2"']],
  ["mp3", ["audio/mpeg", 'audio/mp4; codecs="mp3"']],
  ["opus", ['audio/webm; codecs="opus"', 'audio/ogg; codecs="opus"', 'audio/mp4; codecs="opus"']],
  ["vorbis", ['audio/webm; codecs="vorbis"', 'audio/ogg; codecs="vorbis"']],
  ["flac", ["audio/flac", 'audio/mp4; codecs="flac"']],
  ["ac3", ['audio/mp4; codecs="ac-3"']],
  ["eac3", ['audio/mp4; codecs="ec-3"']],
  ["alac", ['audio/mp4; codecs="alac"']],
];

/** Qualities a person may choose; the limits go to the server with the play request. */
export const QUALITIES = [
  { value: "original", label: "Original" },
  { value: "1080", label: "1080p", note: "up to 8 Mbit/s", max_height: 1080, max_bitrate: 8_000_000 },
  { value: "720", label: "720p", note: "up to 4 Mbit/s", max_height: 720, max_bitrate: 4_000_000 },
  { value: "480", label: "480p", note: "up to 1.5 Mbit/s", max_height: 480, max_bitrate: 1_500_000 },
] as const;

/** The names for which `can` answers yes to at least one of the types. */
export function able(probes: readonly Probe[], can: (type: string) => boolean): string[] {
  return probes.filter(([, types]) => types.some(can)).map(([name]) => name);
}

let known: Required<Pick<Client, "containers" | "video" | "audio" | "subtitles">> | null = null;

function probed(): NonNullable<typeof known> {
  const element = document.createElement("video");
  const can = (type: string): boolean => element.canPlayType(type) !== "";
  return { containers: able(CONTAINERS, can), video: able(VIDEO, can), audio: able(AUDIO, can), subtitles: ["webvtt"] };
}

/** The client part of a play request, within a chosen quality and without what has proved untrue. */
export function abilities(quality = "original", except: readonly string[] = []): Client {
  const all = (known ??= probed());
  const allowed = (names: string[]): string[] => names.filter((name) => !except.includes(name));
  const limit = QUALITIES.find((entry) => entry.value === quality);
  return {
    containers: allowed(all.containers),
    video: allowed(all.video),
    audio: allowed(all.audio),
    subtitles: all.subtitles,
    ...(limit && "max_height" in limit ? { max_height: limit.max_height, max_bitrate: limit.max_bitrate } : {}),
  };
}
