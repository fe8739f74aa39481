// Every word of the page, Chinese first, English complete. Functions take what they speak of.
(() => {
const zh = {
  htmlLang: 'zh-CN', other: 'English', demo: '演示系统：除乡镇名称外均为虚构的演示数据，不是真实预警。',
  signIn: '登录', account: '账号', password: '口令', enter: '登录', leave: '退出', speak: '喊话', signInFailed: '账号、口令或动态码不对。', code: '动态码（或恢复码）', unlock: '解锁码（密钥管理员提供，没有可不填）', codeWanted: '请输入动态码：本系统需要第二因素。',
  enrolTitle: '设置第二因素', enrolHow: '用手机上的动态码应用扫描，或手工输入下面的密钥，然后填入它显示的六位数字。', enrolCode: '六位动态码', enrolGo: '确认', enrolWrong: '动态码不对，请再试。',
  recoveryHow: '请抄下这十个恢复码，放在安全处。手机不在时，每个可登录一次。', recoveryDone: '已抄好，进入', tooMany: '失败次数太多，请稍候再试。', unreachable: '服务器没有响应。',
  stale: (at) => `数据截至 ${at}，正在重新连接；停止播出仍可使用。`, ended: '登录已过期，请重新登录。',
  sounding: '终端正在发声', online: '终端在线', open: '播发单进行中',
  map: '现在哪里在响', legend: { sounding: '正在发声', offline: '有终端离线', calm: '安静' }, comma: '，', list: '、', because: (name, reason, code) => `${name}：${reason}${code === null ? '' : `（${code}）`}`, mapHint: '点选一个区域查看。',
  areaDetail: (name, area) => `${name}：在线 ${area.online}/${area.total}，正在发声 ${area.sounding}`,
  towns: ['乡镇', '在线', '发声'],
  messages: '播发单', noMessages: '现在没有播发单。', events: '安全事件', noEvents: '没有被拒绝的命令。',
  stop: '停止播出', stopAll: '本平台全部', stopOne: (title) => `只停《${title}》`, stopForbidden: '您没有停播权限',
  stopSending: '正在下发停止……', stopDone: (at, written) => `已停止 ${at} · 送达 ${written} 个在线终端 · 离线终端上线后不会再播`, stopNotKept: '服务器磁盘未能保存，离线终端可能收不到，请再按一次', noAnswer: '三秒内没有回应',
  stopFailed: (why) => `停止没有送达：${why}。请立刻再按，或用命令行 ./clarion stop。`,
  state: { submitted: '待签发', returned: '已退回', withdrawn: '已撤回', approved: '已签发，待下发', dispatched: '播发中', completed: '已完成', stopped: '已停止', expired: '已过期' },
  severity: { red: '红', orange: '橙', yellow: '黄', blue: '蓝', none: '' },
  class: { emergency: '紧急类', advisory: '应急信息', notice: '政务通知', governance: '村务治理', daily: '日常节目' },
  live: '喊话',
  mode: { actual: '', drill: '演练', test: '测试' }, marked: { actual: '', drill: '【演练】', test: '【测试】' },
  drill: { running: (name, until) => `演练进行中：${name}（至 ${until}）`, soon: (name, from) => `演练即将开始：${name}（${from}）`, planned: (name, from) => `计划演练：${name}（${from}）` },
  tally: { done: '播完', audible: '正在响', acked: '已确认', sent: '已送达', queued: '等待', failed: '失败' },
  proved: (n, of) => `有证 ${n}/${of}`, starts: (at) => `${at} 开播`, toAreas: (names, more) => (more > 0 ? `${names} 等 ${more} 处` : names),
  reason: {
    OFFLINE_POWER: '断电离线', OFFLINE_NET: '断网离线', SIM_ARREARS: 'SIM 停机或流量用尽', NO_ACK: '在线但未确认', SIG_REJECT: '终端拒绝签名', FETCH_FAIL: '音频下载失败',
    AMP_FAULT: '功放无电流', SILENT: '已播放，回采无声', MUTED: '本地静音', PREEMPTED: '被更高级播发打断', QUIET_HOURS: '夜间限播', BUSY_LOCAL: '村内正在喊话',
    EXPIRED: '超过时限', INTERRUPTED: '中断', STOPPED: '已停止', WITHDRAWN: '已撤回', NOT_HEARD: '未曾播出，无需更正', ISOLATED: '本地隔离中', RESTRICTED: '限播期内未响',
  },
  failures: '失败的终端', noFailures: '没有失败的终端。', more: (n) => `另有 ${n} 个`, select: '选中后，停止键只停这一条',
  eventKind: {
    refused: '终端拒绝命令', 'api-refused': '接口拒绝签名', 'receipt-refused': '回执被拒绝', 'counter-reused': '回执序号重复（疑似克隆）', 'receipts-lost': '有回执丢失（换库或换盘）', 'receipt-without-dispatch': '没有指令的播放回执',
    'claim-refused': '入网被拒绝', 'document-refused': '文书被拒绝', 'stop-refused': '停播被拒绝', 'sound-without-dispatch': '没有指令的声音', 'clock-step': '时钟跳变', 'state-lost': '终端记录丢失', disk: '终端存储故障',
    'area-isolated': '区域被隔离：上级播发在此不响', isolated: '终端已隔离', amplifier: '功放状态变化', 'area-restricted': '区域限播', clone: '疑似克隆终端', 'device-refused': '失效密钥的终端连接被拒绝', 'signature-overdue': '补签逾期', 'signers-short': '能签的人不够', 'signers-enough': '能签的人又够了', 'news-withheld': '终端收不到签名时间', 'papers-expire': '文件即将到期', 'papers-renewed': '到期文件已换新',
  },
  incidents: '安全事件处置', noIncidents: '没有待处置的安全事件。', posture: (at) => `已自动收紧：${at} 前只响应急类`, incidentState: { open: '未处理', acknowledged: '已知悉' }, late: (owed, overdue) => `待补签 ${owed}，逾期 ${overdue}`,
  incidentKind: {
    refused: '被拒绝的命令（来源不明）', replay: '重放', 'misused-key': '有人冒用有效密钥', 'sequence-jump': '冒用密钥：序号跳变', 'same-id': '冒用密钥：同号不同内容', 'sound-without-dispatch': '没有指令的声音', clone: '疑似克隆终端',
    'forged-receipt': '伪造的回执', 'device-refused': '失效密钥的终端连接', 'altered-record': '数据库记录被改动', 'signers-short': '现在能签的人不够', 'withheld-news': '有人在中途扣下消息：终端能上报，却收不到签名时间', 'papers-expire': '授权文件到期，须重新签署',
  },
  platform: '平台', times: (n) => `${n} 次`,
};
const en = {
  htmlLang: 'en', other: '中文', demo: 'Demonstration: everything but the names of the townships is invented. No warning here is real.',
  signIn: 'Sign in', account: 'Account', password: 'Password', enter: 'Sign in', leave: 'Sign out', speak: 'Speak', signInFailed: 'Account, password or code do not match.', code: 'Code (or a recovery code)', unlock: 'Unlock code from an officer, if you have one', codeWanted: 'This system wants a second factor: type the code.',
  enrolTitle: 'Set up a second factor', enrolHow: 'Scan this with an authenticator app, or type the key below, then enter the six digits that it shows.', enrolCode: 'Six digits', enrolGo: 'Confirm', enrolWrong: 'The code does not match; try again.',
  recoveryHow: 'Write these ten recovery codes down and keep them safe. Each opens once when the phone is not there.', recoveryDone: 'Written down, go on', tooMany: 'Too many failed attempts; wait a little.', unreachable: 'The server does not answer.',
  stale: (at) => `Data as of ${at}; reconnecting. STOP still works.`, ended: 'The session has ended; sign in again.',
  sounding: 'terminals sounding', online: 'terminals online', open: 'messages under way',
  map: 'What is sounding where', legend: { sounding: 'sounding', offline: 'some terminals offline', calm: 'quiet' }, comma: ', ', list: ', ', because: (name, reason, code) => `${name}: ${reason}${code === null ? '' : ` (${code})`}`, mapHint: 'Choose an area to look at it.',
  areaDetail: (name, area) => `${name}: ${area.online}/${area.total} online, ${area.sounding} sounding`,
  towns: ['Township', 'Online', 'Sounding'],
  messages: 'Messages', noMessages: 'There is no message now.', events: 'Security events', noEvents: 'No command was refused.',
  stop: 'STOP', stopAll: 'everything of this platform', stopOne: (title) => `only “${title}”`, stopForbidden: 'you may not stop',
  stopSending: 'Stopping …', stopDone: (at, written) => `Stopped ${at} · told ${written} connected terminals · those offline will not start it later`, stopNotKept: 'not on the server\'s disk: who is offline may never hear of it, press again', noAnswer: 'no answer in three seconds',
  stopFailed: (why) => `The stop did not get through: ${why}. Press again at once, or use ./clarion stop.`,
  state: { submitted: 'waits for signatures', returned: 'returned', withdrawn: 'withdrawn', approved: 'signed, held', dispatched: 'on air', completed: 'completed', stopped: 'stopped', expired: 'expired' },
  severity: { red: 'red', orange: 'orange', yellow: 'yellow', blue: 'blue', none: '' },
  class: { emergency: 'emergency', advisory: 'advisory', notice: 'notice', governance: 'governance', daily: 'daily' },
  live: 'living voice',
  mode: { actual: '', drill: 'DRILL', test: 'TEST' }, marked: { actual: '', drill: '[DRILL] ', test: '[TEST] ' },
  drill: { running: (name, until) => `DRILL under way: ${name} (until ${until})`, soon: (name, from) => `DRILL about to begin: ${name} (${from})`, planned: (name, from) => `Drill planned: ${name} (${from})` },
  tally: { done: 'done', audible: 'sounding', acked: 'acknowledged', sent: 'sent', queued: 'waiting', failed: 'failed' },
  proved: (n, of) => `proved ${n}/${of}`, starts: (at) => `starts ${at}`, toAreas: (names, more) => (more > 0 ? `${names} and others (${more})` : names),
  reason: {
    OFFLINE_POWER: 'offline, power lost', OFFLINE_NET: 'offline, no network', SIM_ARREARS: 'SIM suspended', NO_ACK: 'online, no answer', SIG_REJECT: 'terminal refused the signature', FETCH_FAIL: 'audio not fetched',
    AMP_FAULT: 'amplifier without current', SILENT: 'played, nothing heard', MUTED: 'muted on site', PREEMPTED: 'pre-empted by a higher one', QUIET_HOURS: 'quiet hours', BUSY_LOCAL: 'village is speaking',
    EXPIRED: 'too late', INTERRUPTED: 'interrupted', STOPPED: 'stopped', WITHDRAWN: 'withdrawn', NOT_HEARD: 'never heard it, nothing to correct', ISOLATED: 'isolated by its own platform', RESTRICTED: 'restricted for now',
  },
  failures: 'Terminals that failed', noFailures: 'No terminal failed.', more: (n) => `and ${n} more`, select: 'Once chosen, STOP ends only this one',
  eventKind: {
    refused: 'terminal refused a command', 'api-refused': 'API refused a signature', 'receipt-refused': 'receipt refused', 'counter-reused': 'receipt number used twice (a clone?)', 'receipts-lost': 'receipts are lost (older database or new disk)', 'receipt-without-dispatch': 'receipt without a dispatch',
    'claim-refused': 'enrolment refused', 'document-refused': 'document refused', 'stop-refused': 'stop refused', 'sound-without-dispatch': 'sound without a dispatch', 'clock-step': 'clock step', 'state-lost': 'terminal lost its records', disk: 'terminal disk fault',
    'area-isolated': 'area isolated: upper tiers are shut out', isolated: 'terminal isolated', amplifier: 'amplifier changed', 'area-restricted': 'area restricted', clone: 'two of one terminal', 'device-refused': 'terminal with a key that does not count', 'signature-overdue': 'late signature overdue', 'signers-short': 'too few people can sign', 'signers-enough': 'enough people can sign again', 'news-withheld': 'terminal hears no signed time', 'papers-expire': 'papers end soon', 'papers-renewed': 'papers renewed',
  },
  incidents: 'Incidents', noIncidents: 'No incident stands.', posture: (at) => `answered: only warnings sound until ${at}`, incidentState: { open: 'open', acknowledged: 'seen' }, late: (owed, overdue) => `${owed} signatures owed, ${overdue} overdue`,
  incidentKind: {
    refused: 'refused commands, nobody knows whose', replay: 'replay', 'misused-key': 'somebody else uses a valid key', 'sequence-jump': 'misused key: sequence jump', 'same-id': 'misused key: same id, other content', 'sound-without-dispatch': 'sound without a dispatch',
    clone: 'copies of a terminal', 'forged-receipt': 'forged receipt', 'device-refused': 'terminal with a key that does not count', 'altered-record': 'altered row in the database', 'signers-short': 'too few people can sign now', 'withheld-news': 'news kept from terminals: they are heard, and hear no signed time', 'papers-expire': 'papers end: they must be signed anew',
  },
  platform: 'platform', times: (n) => `${n}×`,
};

const KEEP = 'clarion-language';
let words = localStorage.getItem(KEEP) === 'en' ? en : zh;

const say = () => words;

function otherLanguage() {
  words = words === zh ? en : zh;
  localStorage.setItem(KEEP, words === zh ? 'zh' : 'en');
}

function timeOf(ms) {
  return new Date(ms).toLocaleTimeString('zh-CN', { hour12: false });
}

function dayOf(ms) {
  return new Date(ms).toLocaleString('zh-CN', { hour12: false, month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}

globalThis.clarionWords = { say, otherLanguage, timeOf, dayOf };
})();
