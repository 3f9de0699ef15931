import { expect, test } from "vitest";
import { classCode } from "../src/lib/class-code.ts";

const CODE = "AEBAGBAFAYDQQCIKBMGA2DQPCAIREEY";

test.each([
  [`HTTPS://MUSTER.EXAMPLE.EDU/C/${CODE}`, CODE],
  [`http://192.168.1.5:8080/c/${CODE.toLowerCase()}`, CODE],
  ["https://muster.example.edu/v#12345678901234567", null],
  [`https://muster.example.edu/c/${CODE}?next=https://elsewhere.example`, null],
  [`https://muster.example.edu/c/../${CODE}`, null],
  [`https://muster.example.edu/c/${CODE}A`, null],
  [`javascript:alert(1)//x/c/${CODE}`, null],
  ["WIFI:S:hall;T:WPA;P:secret;;", null],
  ["", null],
])("%s", (text, code) => {
  expect(classCode(text)).toBe(code);
});
