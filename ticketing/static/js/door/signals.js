/* An answer that is heard and felt: three tones that nobody confuses, three patterns of vibration. */
(function () {
  "use strict";

  const TONES = {
    green: { shape: "sine", notes: [[880, 0, 0.09], [1318, 0.1, 0.16]] },
    yellow: { shape: "triangle", notes: [[523, 0, 0.12], [523, 0.2, 0.12]] },
    red: { shape: "sawtooth", notes: [[165, 0, 0.5]] },
  };
  const PATTERNS = { green: [60], yellow: [90, 70, 90], red: [350, 90, 350] };
  let context = null;

  /* Browsers let a page sound and vibrate only once somebody has touched it. */
  function isAllowed() {
    return !navigator.userActivation || navigator.userActivation.hasBeenActive;
  }

  function note(frequency, from, length, shape) {
    const start = context.currentTime + from;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = shape;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.35, start + 0.012);
    volume.gain.setValueAtTime(0.35, start + length - 0.03);
    volume.gain.linearRampToValueAtTime(0, start + length);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + length);
  }

  function sound(tone) {
    if (!window.AudioContext) return;
    context = context || new window.AudioContext();
    if (context.state === "suspended") context.resume();
    TONES[tone].notes.forEach(function (one) { note(one[0], one[1], one[2], TONES[tone].shape); });
  }

  function remembered() {
    try {
      return window.localStorage.getItem("door-muted") === "yes";
    } catch (error) {
      return false;
    }
  }

  const own = { isMuted: remembered() };

  own.mute = function (yes) {
    own.isMuted = yes;
    try {
      window.localStorage.setItem("door-muted", yes ? "yes" : "no");
    } catch (error) {
      /* It holds for this visit. */
    }
  };

  own.give = function (tone) {
    if (!isAllowed()) return;
    if (!own.isMuted) sound(tone);
    if (navigator.vibrate) navigator.vibrate(PATTERNS[tone]);
  };

  window.Door = window.Door || {};
  window.Door.signals = own;
})();
