/**
 * The contrast of all text of a page with what is behind it (WCAG 2, success criterion 1.4.3). It runs in the page, so it stands
 * alone: nothing outside of the function is there.
 */
// oxlint-disable unicorn/consistent-function-scoping -- what is outside of the function stays outside of the page

export interface LowContrast {
  readonly text: string;
  readonly ratio: number;
}

/** Texts with less than `ratioMin`. What is disabled or not shown does not count. */
export function lowContrasts(ratioMin: number): LowContrast[] {
  type Colour = readonly [number, number, number, number];
  const parse = (text: string): Colour => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top: Colour, below: Colour): Colour => {
    const mix = (index: 0 | 1 | 2): number => top[index] * top[3] + below[index] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const groundOf = (element: Element | null): Colour => {
    if (element === null) return [255, 255, 255, 1];
    const colour = parse(getComputedStyle(element).backgroundColor);
    return colour[3] === 1 ? colour : over(colour, groundOf(element.parentElement));
  };
  const luminance = (colour: Colour): number => {
    const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((channel) => {
      const share = channel / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found: LowContrast[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent?.trim() ?? '';
    const element = walker.currentNode.parentElement;
    if (
      text === '' ||
      element === null ||
      !element.checkVisibility() ||
      element.closest(':disabled') !== null
    )
      continue;
    const ground = groundOf(element);
    const [one, other] = [luminance(over(parse(getComputedStyle(element).color), ground)), luminance(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < ratioMin) found.push({ text, ratio });
  }
  return found;
}
