import { create } from 'qrcode';
import { useMemo, type ReactNode } from 'react';

const QUIET = 4;

/** Text as a QR code, drawn as one path: no picture is made or fetched. */
export function QrPicture({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const { size, path } = useMemo(() => {
    const { modules } = create(text, { errorCorrectionLevel: 'M' });
    const dark: string[] = [];
    for (let y = 0; y < modules.size; y += 1) {
      for (let x = 0; x < modules.size; x += 1) if (modules.get(y, x) === 1) dark.push(`M${x} ${y}h1v1h-1z`);
    }
    return { size: modules.size, path: dark.join('') };
  }, [text]);
  const side = size + 2 * QUIET;
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} shapeRendering="crispEdges">
      <rect className="qr-paper" x={-QUIET} y={-QUIET} width={side} height={side} />
      <path className="qr-ink" d={path} />
    </svg>
  );
}
