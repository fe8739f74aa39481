/**
 * For a page's init script: its microphone is in the test's hands. `clarionTrack` is the newest track, `clarionNoMicrophone`
 * gives none, `clarionSoft` one that is softer than any voice until `clarionGain` says else.
 */
export const HELD_MICROPHONE = `{
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (window.clarionNoMicrophone) throw new DOMException('', 'NotReadableError');
    const stream = await open(wanted);
    window.clarionTrack = stream.getAudioTracks()[0];
    if (!window.clarionSoft) return stream;
    // Softer than any voice, and no zeros: of those the page would think that the microphone is gone.
    const context = new AudioContext();
    const soft = new GainNode(context, { gain: 0.0005 });
    window.clarionGain = soft.gain;
    const out = context.createMediaStreamDestination();
    context.createMediaStreamSource(stream).connect(soft).connect(out);
    return out.stream;
  };
}`;
