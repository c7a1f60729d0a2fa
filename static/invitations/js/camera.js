/* Reading QR codes with the phone's camera: by the browser itself where it can, else by the library beside us. */

const PAUSE = 200; // milliseconds between two looks
const GONE = 3000; // milliseconds out of view after which the same paper counts as shown again
const LARGEST = 960; // pixels: enough for a square held at arm's length, and quick on an old phone

const detector = async () => {
  const own = window.BarcodeDetector && (await window.BarcodeDetector.getSupportedFormats()).includes("qr_code");
  const Detector = own ? window.BarcodeDetector : (await import("../../vendor/qr/decode.js")).BarcodeDetector;
  return new Detector({ formats: ["qr_code"] });
};

const frame = (video, canvas) => {
  const scale = Math.min(1, LARGEST / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas;
};

const stayAwake = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});

/* Show the camera in `video` and call `seen` with the text of each QR, once for as long as it stays in view. `ended` is called
   when the phone takes its camera back. */
export const watch = async (video, { seen, ended }) => {
  const reader = await detector();
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  video.srcObject = stream;
  await video.play();
  stayAwake();
  document.addEventListener("visibilitychange", stayAwake);
  const canvas = document.createElement("canvas");
  const last = { text: "", at: 0 };
  const look = async () => {
    if (!stream.active) return ended();
    try {
      if (video.readyState >= video.HAVE_CURRENT_DATA && !document.hidden) {
        const [code] = await reader.detect(frame(video, canvas));
        const isNew = code && (code.rawValue !== last.text || Date.now() - last.at > GONE);
        if (isNew) await seen(code.rawValue);
        if (code) Object.assign(last, { text: code.rawValue, at: Date.now() });
      }
    } finally {
      setTimeout(look, PAUSE);
    }
  };
  look();
};
