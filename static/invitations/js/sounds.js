/* Each outcome has a sound of its own, and a buzz where the phone can: [frequency in Hz, start, length in seconds]. */

const TONES = {
  admitted: [[660, 0, 0.12], [990, 0.12, 0.25]],
  already: [[196, 0, 0.2], [196, 0.3, 0.2], [196, 0.6, 0.2]],
  cancelled: [[330, 0, 0.25], [165, 0.25, 0.5]],
  wrong_date: [[440, 0, 0.15], [350, 0.2, 0.15], [440, 0.4, 0.15]],
};
const OTHER = [[260, 0, 0.4]];
const BUZZ = { admitted: [60], already: [150, 80, 150, 80, 150], cancelled: [500] };

let context = null;

/* Browsers let a page make sounds once somebody touched it. */
export const unlock = () => {
  context ??= new AudioContext();
  context.resume();
};

export const play = (verdict) => {
  navigator.vibrate?.(BUZZ[verdict] ?? [200, 80, 200]);
  if (!context) return;
  for (const [frequency, start, length] of TONES[verdict] ?? OTHER) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const from = context.currentTime + start;
    tone.type = "square";
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.2, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + length);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + length);
  }
};
