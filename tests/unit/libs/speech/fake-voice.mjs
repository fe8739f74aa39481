// A stand-in for a neural voice: reads a sentence on stdin and writes a WAV with 10 ms of sound for each character.
// Arguments: how it behaves ("speaks", "sleeps", "fails", "floods", "silent", "nonsense", "environment"), then anything.
const [how = 'speaks', ...rest] = process.argv.slice(2);
let text = '';
for await (const chunk of process.stdin) text += chunk;
if (how === 'sleeps') setInterval(() => undefined, 1000);
if (how === 'fails') process.exit(3);
if (how === 'floods') for (;;) if (!process.stdout.write(Buffer.alloc(65_536))) await new Promise((drained) => process.stdout.once('drain', drained));
if (how === 'nonsense') process.stdout.write('this is no sound');
if (how === 'environment') process.exitCode = Object.keys(process.env).filter((name) => name !== '__CF_USER_TEXT_ENCODING').length === 0 && rest[0] === 'slow' ? 0 : 4;
if (how === 'speaks' || how === 'environment') process.stdout.write(wav([...text].length * 160));

function wav(samples) {
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) bytes.writeInt16LE(Math.round(Math.sin(at / 5) * 8000), 44 + at * 2);
  return bytes;
}
