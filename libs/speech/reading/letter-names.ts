/**
 * Letter names in Hanzi that are near to how the letters are called in Chinese broadcasts and that every Mandarin voice
 * can say. Two or three characters stand for a name that Mandarin has no single syllable for (W, X, H).
 */
const NAMES: Readonly<Record<string, string>> = {
  A: '诶', B: '必', C: '西', D: '弟', E: '衣', F: '艾弗', G: '记', H: '艾尺', I: '爱', J: '杰', K: '开', L: '艾勒', M: '艾姆',
  N: '恩', O: '欧', P: '批', Q: '丘', R: '阿尔', S: '艾斯', T: '提', U: '优', V: '维', W: '达不溜', X: '艾克斯', Y: '歪', Z: '贼德',
};

/** ASCII letters by their names, one after the other. */
export function letterNames(letters: string): string {
  return [...letters].map((letter) => NAMES[letter.toUpperCase()] ?? '').join('');
}
