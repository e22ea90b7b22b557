import type { HlsConfig } from 'hls.js';

/** Seconds and bytes of film to hold ahead: enough for a bad minute of Wi-Fi, not for a phone's memory. */
const AHEAD = { seconds: 40, most: 120, bytes: 80_000_000 };
/** Seconds kept behind, so that a short step back needs no loading. */
const BEHIND = 60;
/**
 * Bits a second to begin with. The server stands at home or is well connected: a wrong guess costs
 * the first segment, which hls.js abandons, and a low one shows everyone a poor picture first.
 */
const GUESS = 10_000_000;
/** Milliseconds to wait for a segment's first byte: it may have to be encoded, in a queue. */
const SEGMENT_WAIT = 30_000;

/** Settings of hls.js for our own playlists. */
export function hlsSettings(startAt: number): Partial<HlsConfig> {
  const again = { maxNumRetry: 4, retryDelayMs: 1000, maxRetryDelayMs: 8000 };
  const timeout = { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 };
  return {
    startPosition: startAt,
    // Otherwise a seek into the last quarter second of a segment loads the next one alone.
    maxFragLookUpTolerance: 0,
    maxBufferLength: AHEAD.seconds,
    maxMaxBufferLength: AHEAD.most,
    maxBufferSize: AHEAD.bytes,
    backBufferLength: BEHIND,
    abrEwmaDefaultEstimate: GUESS,
    lowLatencyMode: false,
    // Segments are fMP4 already: there is nothing for a worker to do.
    enableWorker: false,
    enableInterstitialPlayback: false,
    // Subtitles are drawn by the player's own parts.
    subtitleStreamController: undefined,
    subtitleTrackController: undefined,
    timelineController: undefined,
    fragLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: SEGMENT_WAIT,
        maxLoadTimeMs: 120_000,
        timeoutRetry: timeout,
        errorRetry: again,
      },
    },
    // The first playlist waits for the index of the file to be made.
    manifestLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: SEGMENT_WAIT,
        maxLoadTimeMs: 60_000,
        timeoutRetry: timeout,
        errorRetry: { ...again, maxNumRetry: 2 },
      },
    },
    playlistLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: SEGMENT_WAIT,
        maxLoadTimeMs: 60_000,
        timeoutRetry: timeout,
        errorRetry: { ...again, maxNumRetry: 2 },
      },
    },
  };
}
