/** The square of a picture that is kept, from how close it is and where it lies. */

export interface Size {
  width: number;
  height: number;
}

/** What the sliders say: 1 shows the largest square; 0 is the left or top edge, 1 the other. */
export interface View {
  zoom: number;
  across: number;
  down: number;
}

export interface Square {
  x: number;
  y: number;
  side: number;
}

const SMALLEST = 32;

const between = (low: number, value: number, high: number): number => Math.min(Math.max(value, low), high);

/** The square in whole pixels, always within the picture. */
export function squareOf({ width, height }: Size, { zoom, across, down }: View): Square {
  const most = Math.min(width, height);
  const side = between(Math.min(SMALLEST, most), Math.round(most / Math.max(zoom, 1)), most);
  return {
    x: Math.round((width - side) * between(0, across, 1)),
    y: Math.round((height - side) * between(0, down, 1)),
    side,
  };
}

/** The view after the picture was dragged by a share of the square's width and height. */
export function dragged(size: Size, view: View, right: number, below: number): View {
  const { side } = squareOf(size, view);
  const moved = (at: number, room: number, by: number): number =>
    room > 0 ? between(0, at - (by * side) / room, 1) : at;
  return {
    zoom: view.zoom,
    across: moved(view.across, size.width - side, right),
    down: moved(view.down, size.height - side, below),
  };
}
