/* The viewfinder: starting and stopping the camera, its light, which one it is, and why there is none. */
(function () {
  "use strict";

  const door = window.Door;
  const part = door.part;
  const say = door.words.say;
  const WHY = {
    NotAllowedError: "camera_denied", NotFoundError: "no_camera", OverconstrainedError: "no_camera",
    NotReadableError: "camera_failed", AbortError: "camera_failed",
  };

  /* `seen` is called with each code. The camera starts by itself where the browser has been asked before. */
  door.bindEye = function (seen) {
    const camera = door.makeCamera(part("video"), JSON.parse(document.body.dataset.detector), seen, lost);

    function shows(isOn, why) {
      part("eye").classList.toggle("eye--on", isOn);
      part("eye-closed").hidden = isOn;
      part("eye-why").textContent = why || "";
      part("stop").hidden = !isOn;
      part("torch").hidden = !isOn || !camera.hasTorch();
      part("torch").setAttribute("aria-pressed", "false");
      if (!isOn) part("cameras").hidden = true;
    }

    async function offerCameras() {
      const all = await camera.all();
      const current = camera.current();
      part("camera").replaceChildren.apply(part("camera"), all.map(function (device, place) {
        return new Option(device.label || say("camera_n", { n: place + 1 }), device.deviceId, false, device.deviceId === current);
      }));
      part("cameras").hidden = all.length < 2;
    }

    async function start(which) {
      part("start").disabled = true;
      try {
        await (which ? camera.choose(which) : camera.start());
        shows(true);
        await offerCameras();
      } catch (error) {
        camera.stop();
        shows(false, say(WHY[error.name] || "no_detector"));
      } finally {
        part("start").disabled = false;
      }
    }

    function stop() {
      camera.stop();
      shows(false);
    }

    function lost() {
      camera.stop();
      shows(false, say("camera_failed"));
    }

    async function startIfAllowed() {
      const answer = await navigator.permissions.query({ name: "camera" });
      if (answer.state === "granted") await start();
    }

    part("eye").hidden = part("tools").hidden = false;
    part("start").hidden = !camera.isPossible;
    if (!camera.isPossible) part("eye-why").textContent = say(window.isSecureContext ? "no_camera" : "insecure");
    part("start").addEventListener("click", function () { start(); });
    part("stop").addEventListener("click", stop);
    part("camera").addEventListener("change", function () { start(part("camera").value); });
    part("torch").addEventListener("click", async function () {
      const on = part("torch").getAttribute("aria-pressed") !== "true";
      await camera.torch(on).then(function () { part("torch").setAttribute("aria-pressed", String(on)); }, function () {});
    });
    part("mute").setAttribute("aria-pressed", String(door.signals.isMuted));
    part("mute").addEventListener("click", function () {
      door.signals.mute(!door.signals.isMuted);
      part("mute").setAttribute("aria-pressed", String(door.signals.isMuted));
    });
    if (camera.isPossible && navigator.permissions) startIfAllowed().catch(function () {});
    return { stop: stop };
  };
})();
