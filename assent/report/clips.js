// Plays the clips of a report: each on a clock of its own, while it can be seen.
// Painter and Clock are those of the page on which people answer; they stand above this file.

const SPEEDS = [0.25, 0.5, 1, 2];
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function part(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function fill(holder) {
  const scene = JSON.parse(holder.dataset.scene);
  const name = holder.dataset.name;
  const canvas = part("canvas", { role: "img", "aria-label": `clip: ${name}` });
  const [wide, high] = scene.view.extent;
  canvas.style.aspectRatio = String(Math.min(2.2, Math.max(0.9, wide / high)));
  const play = part("button", { type: "button" }, "Play");
  const scrub = part("input", { type: "range", min: 0, step: 0.001, "aria-label": `time in ${name}` });
  const time = part("span", { class: "time" });
  const speed = part("select", { "aria-label": `speed of ${name}` });
  for (const value of SPEEDS) speed.append(new Option(`${value}×`, value, value === 1, value === 1));
  const bar = part("div", { class: "bar" });
  bar.append(play, scrub, time, speed);
  holder.append(canvas, bar);

  const painter = new Painter(canvas, scene);
  const clock = new Clock(painter.duration, scene.fps, (seconds, playing) => {
    painter.draw(seconds);
    scrub.value = String(seconds);
    const over = scene.ended_at != null && seconds * scene.fps >= scene.ended_at;
    time.textContent = `${seconds.toFixed(1)} of ${painter.duration.toFixed(1)} s${over ? ", ended" : ""}`;
    play.textContent = playing ? "Pause" : "Play";
  });
  scrub.max = String(painter.duration);
  let wanted = !still; // by the reader; what is out of sight rests all the same
  play.addEventListener("click", () => {
    clock.toggle();
    wanted = clock.playing;
  });
  scrub.addEventListener("input", () => {
    wanted = false;
    clock.seek(Number(scrub.value));
  });
  speed.addEventListener("change", () => {
    clock.speed = Number(speed.value);
  });
  new ResizeObserver(() => clock.paint()).observe(canvas);
  new IntersectionObserver(([seen]) => {
    if (seen.isIntersecting && wanted) clock.play();
    else if (!seen.isIntersecting) clock.pause();
  }).observe(canvas);
}

for (const holder of document.querySelectorAll("[data-scene]")) {
  try {
    fill(holder);
  } catch (error) {
    holder.append(part("p", { class: "fault" }, `This clip cannot be drawn: ${error.message}`));
  }
}
