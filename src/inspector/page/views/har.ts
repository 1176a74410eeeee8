// Knows: how an archive that the server wrote becomes a file of whoever looks.

export function saveHar(har: object, name: string): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(har, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `handfast-${name}.har`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
