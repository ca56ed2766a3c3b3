/** Draws a picture, so that there is something to send for those who have no pictures at hand. */
export async function samplePicture(number: number): Promise<File> {
  const canvas = new OffscreenCanvas(1200, 900);
  const draw = canvas.getContext('2d')!;
  const hue = (number * 47) % 360;
  const sky = draw.createLinearGradient(0, 0, 0, 900);
  sky.addColorStop(0, `hsl(${hue} 55% 35%)`);
  sky.addColorStop(1, `hsl(${(hue + 50) % 360} 85% 78%)`);
  draw.fillStyle = sky;
  draw.fillRect(0, 0, 1200, 900);
  for (let i = 0; i < 260; i++) {
    const angle = i * 2.399963 + number;
    const distance = 26 * Math.sqrt(i);
    draw.fillStyle = `hsl(${(hue + i * 0.7) % 360} 80% ${45 + (i % 7) * 6}% / .8)`;
    draw.beginPath();
    draw.arc(600 + distance * Math.cos(angle), 450 + distance * Math.sin(angle), 4 + i * 0.07, 0, 7);
    draw.fill();
  }
  return new File([await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.93 })], `sample-${number}.jpg`, { type: 'image/jpeg' });
}
