/** Fullscreen belongs to the page, not to the player, so that it lasts from one episode to the next. */
interface AppleVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
}

let keep = false;

export const isFullscreen = (): boolean => document.fullscreenElement !== null;

export function toggleFullscreen(video: HTMLVideoElement | undefined): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else if (document.fullscreenEnabled) void document.documentElement.requestFullscreen().catch(() => {});
  else (video as AppleVideo | undefined)?.webkitEnterFullscreen?.(); // iPhones only know the video's own
}

export function keepFullscreen(): void {
  keep = true;
}

export function leaveFullscreen(): void {
  if (!keep && document.fullscreenElement) void document.exitFullscreen();
  keep = false;
}

export const canFloat = (): boolean => document.pictureInPictureEnabled === true;

export function toggleFloat(video: HTMLVideoElement | undefined): void {
  if (!video || !canFloat()) return;
  if (document.pictureInPictureElement) void document.exitPictureInPicture();
  else void video.requestPictureInPicture().catch(() => {});
}
