/*
 * Reading codes by camera: with the browser's own detector where it knows QR codes, else with the
 * vendored one, which is fetched only then. Nothing is asked of another host, no picture leaves the page.
 */
(function () {
  "use strict";

  const EVERY = 110;
  const LARGEST = 720;
  const ENOUGH_FAILURES = 5;

  function load(address) {
    return new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = function () { reject(new Error("no detector")); };
      document.head.append(script);
    });
  }

  async function ownDetector() {
    if (!("BarcodeDetector" in window)) return null;
    const formats = await window.BarcodeDetector.getSupportedFormats().catch(function () { return []; });
    return formats.indexOf("qr_code") < 0 ? null : new window.BarcodeDetector({ formats: ["qr_code"] });
  }

  async function vendoredDetector(addresses) {
    if (!window.BarcodeDetectionAPI) await load(addresses.script);
    await window.BarcodeDetectionAPI.prepareZXingModule({
      overrides: { locateFile: function () { return addresses.reader; } },
      fireImmediately: true,
    });
    return new window.BarcodeDetectionAPI.BarcodeDetector({ formats: ["qr_code"] });
  }

  function remember(camera) {
    try {
      window.localStorage.setItem("door-camera", camera);
    } catch (error) {
      /* It holds for this visit. */
    }
  }

  function remembered() {
    try {
      return window.localStorage.getItem("door-camera") || "";
    } catch (error) {
      return "";
    }
  }

  function wish(camera) {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    return Object.assign(size, camera ? { deviceId: { exact: camera } } : { facingMode: { ideal: "environment" } });
  }

  /*
   * The camera whose picture is shown in `video`. `seen` is called with each code, again and again; `lost`
   * when the camera goes away by itself.
   */
  window.Door = window.Door || {};
  window.Door.makeCamera = function (video, detectorAddresses, seen, lost) {
    const own = { isOn: false };
    const canvas = document.createElement("canvas");
    let detector = null;
    let isOwn = true;
    let failures = 0;
    let stream = null;
    let timer = 0;

    own.isPossible = Boolean(window.isSecureContext && navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

    /* The vendored detector is quick enough on a small picture only. */
    function picture() {
      if (isOwn) return video;
      const scale = Math.min(1, LARGEST / Math.max(video.videoWidth, video.videoHeight));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      const brush = canvas.getContext("2d", { willReadFrequently: true });
      brush.drawImage(video, 0, 0, canvas.width, canvas.height);
      return brush.getImageData(0, 0, canvas.width, canvas.height);
    }

    /* Some browsers say that they know QR codes, and fail at every picture. */
    async function failed() {
      failures += 1;
      if (isOwn && failures >= ENOUGH_FAILURES) {
        detector = await vendoredDetector(detectorAddresses);
        isOwn = false;
      }
      return [];
    }

    async function look() {
      if (!own.isOn) return;
      if (video.readyState >= 2 && video.videoWidth && !document.hidden) {
        const found = await detector.detect(picture()).catch(failed).catch(function () { return []; });
        if (own.isOn) found.forEach(function (code) { seen(code.rawValue); });
      }
      timer = window.setTimeout(look, EVERY);
    }

    async function open(camera) {
      try {
        return await navigator.mediaDevices.getUserMedia({ audio: false, video: wish(camera) });
      } catch (error) {
        /* The one that was chosen last time is not plugged in. */
        if (camera && error.name !== "NotAllowedError") return open("");
        throw error;
      }
    }

    /* Show the picture and begin to look. Fails as getUserMedia does, or where no detector can be loaded. */
    own.start = async function (camera) {
      own.stop();
      stream = await open(camera || remembered());
      stream.getVideoTracks()[0].addEventListener("ended", lost);
      video.srcObject = stream;
      await video.play();
      if (!detector) {
        detector = await ownDetector();
        isOwn = detector !== null;
        detector = detector || (await vendoredDetector(detectorAddresses));
      }
      own.isOn = true;
      look();
    };

    own.stop = function () {
      own.isOn = false;
      window.clearTimeout(timer);
      if (stream) stream.getTracks().forEach(function (track) { track.stop(); });
      stream = null;
      video.srcObject = null;
    };

    own.choose = function (camera) {
      remember(camera);
      return own.start(camera);
    };

    own.current = function () {
      return stream ? stream.getVideoTracks()[0].getSettings().deviceId || "" : "";
    };

    own.all = async function () {
      const devices = await navigator.mediaDevices.enumerateDevices();
      return devices.filter(function (device) { return device.kind === "videoinput"; });
    };

    own.hasTorch = function () {
      const track = stream && stream.getVideoTracks()[0];
      return Boolean(track && track.getCapabilities && track.getCapabilities().torch);
    };

    own.torch = function (on) {
      return stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
    };

    return own;
  };
})();
