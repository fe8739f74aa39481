/** What the page tells: where it was opened, and the certificate that a phone is to trust. */
export interface InstallFacts {
  /** `https://192.168.1.10:8443`, from the address on which the page was asked for, never from what the caller wrote. */
  readonly secureUrl: string;
  /** SHA-256 of the certificate's DER, 64 hex digits. */
  readonly fingerprint: string;
  readonly demo: boolean;
}

/** Pairs of capitals, sixteen to a line: as phones show it. */
export function readableFingerprint(fingerprint: string): readonly string[] {
  const pairs = fingerprint.toUpperCase().match(/../g) ?? [];
  return [pairs.slice(0, 16).join(' '), pairs.slice(16).join(' ')];
}

/** The page under /install: Chinese first, then English; no script, nothing but numbers of ours in it. */
export function installPage({ secureUrl, fingerprint, demo }: InstallFacts): string {
  const print = readableFingerprint(fingerprint).join('<br>');
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>号角：在手机上安装区县证书</title>
<link rel="stylesheet" href="/install/style.css">
</head>
<body>
<main>
${demo ? '<p class="demo">DEMO 演示</p>' : ''}
<h1>在手机上安装区县证书</h1>
<p>本页经普通 http 打开，<strong>这里不能登录</strong>：口令会被同一网络里的人看到，浏览器也不给用麦克风、不给保存签名密钥。装好证书后，请改用下面的安全地址。</p>
<p><a class="button" href="/install/clarion-ca.crt">1. 下载区县证书</a></p>
<h2>2. 先核对指纹</h2>
<p>请与服务器屏幕上印出的指纹逐位核对。<strong>不一样就不要安装</strong>：有人在中间换了证书。</p>
<p class="print">${print}</p>
<h2>3. 安装</h2>
<h3>安卓</h3>
<ol>
<li>用系统自带的浏览器打开本页（在微信里请点右上角“在浏览器打开”），点上面的下载。</li>
<li>打开 设置 → 安全（或“密码与安全”）→ 加密与凭据 → 从存储设备安装 → CA 证书，选中下载的 clarion-ca.crt。各品牌菜单名不同，可在设置里搜“证书”。</li>
<li>系统会提示“网络可能被监控”，这是装任何自建证书都会有的提示。</li>
</ol>
<h3>苹果</h3>
<ol>
<li>用 Safari 打开本页，点上面的下载，选“允许”。</li>
<li>打开 设置 → 已下载描述文件 → 安装。</li>
<li>再打开 设置 → 通用 → 关于本机 → 证书信任设置，把 “Clarion District CA” 打开。少了这一步仍然打不开。</li>
</ol>
<h2>4. 打开安全地址</h2>
<p><a class="button" href="${secureUrl}/">${secureUrl}/</a></p>
<p>不再使用这套系统时，请在同一处删除这张证书：谁有它的私钥，谁就能对这部手机冒充任何网站。</p>
</main>
<main lang="en">
<h1>Install the district's certificate on a phone</h1>
<p>This page came over plain http, so <strong>nobody can sign in here</strong>: others on this network could read the password, and a browser gives neither the microphone nor a place for a signing key. Install the certificate, then use the secure address below.</p>
<p><a class="button" href="/install/clarion-ca.crt">1. Download the certificate</a></p>
<h2>2. Compare the fingerprint first</h2>
<p>Compare it with the one printed on the server's own screen. <strong>If they differ, do not install it</strong>: somebody in between has changed it.</p>
<p class="print">${print}</p>
<h2>3. Install it</h2>
<h3>Android</h3>
<ol>
<li>Open this page in the system's browser and download the certificate.</li>
<li>Settings → Security → Encryption and credentials → Install a certificate → CA certificate, and choose clarion-ca.crt. Makers name this differently: search the settings for “certificate”.</li>
<li>“Network may be monitored” is what Android says of every certificate that somebody installs.</li>
</ol>
<h3>iPhone</h3>
<ol>
<li>Open this page in Safari, download the certificate and allow it.</li>
<li>Settings → Profile Downloaded → Install.</li>
<li>Settings → General → About → Certificate Trust Settings: switch “Clarion District CA” on. Without this it does not work.</li>
</ol>
<h2>4. Open the secure address</h2>
<p><a class="button" href="${secureUrl}/">${secureUrl}/</a></p>
<p>Remove the certificate in the same place when you no longer use this system: whoever has its private key could pose as any web site to this phone.</p>
</main>
</body>
</html>
`;
}

export const INSTALL_STYLE = `body{margin:0;font:17px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#1a1a1a;background:#fff}
main{max-width:40rem;margin:0 auto;padding:1rem 1.25rem 2rem;border-bottom:1px solid #ccc}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:1.6rem}h3{font-size:1rem}
.button{display:inline-block;padding:.7rem 1rem;border-radius:.3rem;background:#0b5cad;color:#fff;text-decoration:none;overflow-wrap:anywhere}
.print{font-family:ui-monospace,monospace;background:#f2f2f2;padding:.6rem;overflow-wrap:anywhere}
.demo{background:#7a1fa2;color:#fff;padding:.3rem .6rem;display:inline-block}
`;
