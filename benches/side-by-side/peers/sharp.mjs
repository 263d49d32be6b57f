// Does the tasks of a JSON file with sharp: `node sharp.mjs TASKS NODE_FOLDER`.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [, , file, folder] = process.argv;
const sharp = createRequire(`${folder}/`)('sharp');
const { tasks, settings } = JSON.parse(readFileSync(file));

sharp.concurrency(settings.threads);
// Nothing is asked for twice, so a cache would only hold memory.
sharp.cache(false);

const raw = async (pipeline) => {
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  return { data, info: { width: info.width, height: info.height, channels: info.channels } };
};
const opened = ({ data, info }) => sharp(data, { raw: info });

/** The part of the source that shows, in the output's pixels. */
function placed(picture, { place, crops }) {
  const [width, height] = place;
  return picture.resize(width, height, { fit: crops ? 'cover' : 'fill' });
}

/** The same with its margins. */
async function framed(picture, output) {
  const { canvas, at, place, fill } = output;
  const shown = placed(picture, output);
  if (!fill) return shown;
  if (fill.kind === 'blur') return onBackdrop(await raw(shown), output);
  return shown.extend({
    left: at[0],
    top: at[1],
    right: canvas[0] - at[0] - place[0],
    bottom: canvas[1] - at[1] - place[1],
    extendWith: 'copy',
  });
}

/** A blurred, dimmed enlargement of the picture with the picture on it. */
async function onBackdrop(shown, { canvas, at, place, fill }) {
  const [width, height] = canvas;
  // A wide blur leaves nothing that a small picture could not hold.
  const reduction = settings.backdrop === 'small' ? fill.sigma / 4 : 1;
  const blurred = await raw(
    opened(shown)
      .resize(Math.round(width / reduction), Math.round(height / reduction), { fit: 'cover' })
      .blur(fill.sigma / reduction)
      .linear(fill.light, 0),
  );
  if (settings.backdrop === 'full') {
    return opened(blurred).composite([{ input: shown.data, raw: shown.info, left: at[0], top: at[1] }]);
  }
  const backdrop = await raw(opened(blurred).resize(width, height, { fit: 'fill', kernel: 'cubic' }));
  // Copying rows is what composite comes to where nothing is transparent.
  const { channels } = backdrop.info;
  for (let y = 0; y < place[1]; y += 1) {
    const from = y * place[0] * channels;
    shown.data.copy(backdrop.data, ((at[1] + y) * width + at[0]) * channels, from, from + place[0] * channels);
  }
  return opened(backdrop);
}

/** The picture on its background where the format has no alpha. */
function flat(picture, { background }) {
  return background ? picture.flatten({ background }) : picture;
}

function write(picture, { path, format, quality, optimise, method }) {
  if (format === 'webp') return picture.webp({ quality, effort: method }).toFile(path);
  return picture.jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: optimise }).toFile(path);
}

/** What all outputs of a task are made from: the file anew for each, or pixels that they share. */
async function shared({ source, outputs, covering, alpha }) {
  // Without alpha there is less to resample.
  const allFlat = alpha && outputs.every(({ background }) => background);
  switch (settings.share) {
    case 'decoded':
      return raw(sharp(source));
    case 'covering':
      return raw(sharp(source).resize(...covering, { fit: 'fill' }));
    case 'placed':
      return raw(placed(allFlat ? flat(sharp(source), outputs[0]) : sharp(source), outputs[0]));
    default:
      return null;
  }
}

async function make(task) {
  const pixels = await shared(task);
  for (const output of task.outputs) {
    const picture = pixels ? opened(pixels) : sharp(task.source);
    const opaque = task.alpha ? flat(picture, output) : picture;
    await write(settings.share === 'placed' ? opaque : await framed(opaque, output), output);
  }
}

let next = 0;
async function worker() {
  while (next < tasks.length) await make(tasks[next++]);
}
await Promise.all(Array.from({ length: settings.flight }, worker));
