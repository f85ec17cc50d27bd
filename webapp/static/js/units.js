// Distances and areas in the reader's units, as webapp/measures.py writes them; units: its describe_units.
const { lang } = document.documentElement;
export const writeNumber = (text, number, digits) => text.replace("%(n)s", new Intl.NumberFormat(lang, digits).format(number));

export const formatDistance = (metres, { short, long, short_m, long_m, long_from_m }) =>
  metres < long_from_m
    ? writeNumber(short, Math.round(metres / short_m / 10) * 10)
    : writeNumber(long, metres / long_m, { maximumFractionDigits: 1 });

export const formatRange = (metres, { long, long_m }) => writeNumber(long, Math.floor(metres / long_m));

export function formatArea(squareM, { small, large, small_m2, large_m2 }) {
  if (squareM < 10_000) return writeNumber(small, Math.round(squareM / small_m2));
  const size = squareM / large_m2;
  const decimals = size >= 10 ? 0 : 2;
  return writeNumber(large, size, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
