// Knows: the error pages of nginx, word for word. Must not know: for what they are shown.

export const NGINX = { Server: 'nginx/1.27.3', 'Content-Type': 'text/html' };

/** `401 Authorization Required`; `text` is the second line that pages about a bad request have. */
export function nginxPage(heading: string, text?: string): string {
  const title = text === undefined ? heading : `400 ${text}`;
  const lines = [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${heading}</h1></center>`,
    ...(text === undefined ? [] : [`<center>${text}</center>`]),
    '<hr><center>nginx/1.27.3</center>',
    '</body>',
    '</html>',
    '',
  ];
  return lines.join('\r\n');
}

/** The page of a request that it cannot take, such as `Request Header Or Cookie Too Large`. */
export function badRequestPage(text: string): string {
  return nginxPage('400 Bad Request', text);
}
