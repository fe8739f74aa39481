/** 不能办理、不予办理的申请，随密钥管理页而来。 */
export const grantZh = {
  'leftOut': '没有列入草稿：{person}（{platform}）。',
  'leftOut.PERSON_UNKNOWN': '在用清单里没有这个人，请先把人列入清单。',
  'leftOut.KEY_UNKNOWN': '申请里要替换的旧密钥已不在清单里，多半已经换过。请不予办理，并请对方重新申请。',
  'leftOut.KEY_REGISTERED': '申请的密钥已在清单里，或已被吊销，不能再登记。请不予办理。',
  'leftOut.KEYS_FULL': '此人已有四把密钥，请对方重新申请并替换其中一把。',
  'turnDown': '不予办理……',
  'turnDownWhy': '原因（申请人会看到）',
  'turnDownSure': '不予办理',
} as const;
