/** Codes are read by the browser's own detector where it has one (phones, macOS); elsewhere the digits are typed or the text is pasted. */
interface CodeDetector { detect(source: ImageBitmapSource): Promise<readonly { readonly rawValue: string }[]> }
type DetectorMaker = new (options: { readonly formats: readonly string[] }) => CodeDetector;

const LOOK_EVERY_MS = 200;

function makeDetector(): CodeDetector | undefined {
  const maker: unknown = Reflect.get(globalThis, 'BarcodeDetector');
  return isMaker(maker) ? new maker({ formats: ['qr_code'] }) : undefined;
}

function isMaker(value: unknown): value is DetectorMaker {
  return typeof value === 'function';
}

export function seesCodes(): boolean {
  return 'BarcodeDetector' in globalThis;
}

/** The text of the code in a picture; undefined when there is none. */
export async function readPicture(file: Blob): Promise<string | undefined> {
  try {
    return (await makeDetector()?.detect(await createImageBitmap(file)))?.[0]?.rawValue;
  } catch {
    return undefined;
  }
}

/** Looks through the camera until it sees a code or is told to stop; `onNone` when there is no camera, or none is allowed. */
export function readCamera(video: HTMLVideoElement, onText: (text: string) => void, onNone: () => void): () => void {
  const detector = makeDetector();
  let stream: MediaStream | undefined;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    stream?.getTracks().forEach((track) => track.stop());
  };
  const look = async (): Promise<void> => {
    if (stopped || detector === undefined) return;
    const [code] = await detector.detect(video).catch(() => []);
    if (code !== undefined) {
      stop();
      onText(code.rawValue);
    } else setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  const open = async (): Promise<void> => {
    const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    stream = opened;
    if (stopped) return stop();
    video.srcObject = opened;
    await video.play();
    await look();
  };
  open().catch(() => {
    const isWanted = !stopped;
    stop();
    if (isWanted) onNone();
  });
  return stop;
}
