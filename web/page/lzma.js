// Unpacks LZMA (the format of `xz --format=lzma`), in which the module is a third smaller than by what browsers unpack.
//
// The data are bits, each coded by how probable it was; a table holds the probabilities, one for each context. A packet is a
// literal byte, or a match: a length and a distance back, new or one of the last four.

/** Where each kind of context begins in the table. */
const [MATCH, REP, REP0, REP1, REP2, SHORT, SLOT, SPECIAL, ALIGN, LENGTH, REP_LENGTH, LITERAL] =
  [192, 12, 12, 12, 12, 192, 256, 128, 16, 514, 514].reduce((starts, size) => [...starts, starts.at(-1) + size], [0]);
const HEADER = 13;

export function unpack(packed) {
  const literals = packed[0] % 9;
  const places = Math.floor(packed[0] / 9) % 5;
  const placeMask = (1 << places) - 1;
  const positionMask = (1 << Math.floor(packed[0] / 45)) - 1;
  const table = new Uint16Array(LITERAL + (0x300 << (literals + places))).fill(1024);
  // The range, and where in it the code lies.
  const coder = new Uint32Array([0xffffffff, new DataView(packed.buffer, packed.byteOffset).getUint32(HEADER + 1)]);
  let next = HEADER + 5;
  let out = new Uint8Array(4 * packed.length);
  let length = 0;

  function widen() {
    if (coder[0] < 0x1000000) {
      coder[0] <<= 8;
      coder[1] = (coder[1] << 8) | packed[next++];
    }
  }

  function bit(context) {
    const probability = table[context];
    const bound = Math.imul(coder[0] >>> 11, probability) >>> 0;
    if (coder[1] < bound) {
      coder[0] = bound;
      table[context] = probability + ((2048 - probability) >> 5);
      widen();
      return 0;
    }
    coder[0] -= bound;
    coder[1] -= bound;
    table[context] = probability - (probability >> 5);
    widen();
    return 1;
  }

  /** So many bits by a tree of contexts, the highest first. */
  function tree(context, bits) {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | bit(context + node);
    return node - (1 << bits);
  }

  /** The same, the lowest first. */
  function reversed(context, bits) {
    let node = 1;
    let value = 0;
    for (let place = 0; place < bits; place += 1) {
      const found = bit(context + node);
      node = (node << 1) | found;
      value |= found << place;
    }
    return value;
  }

  /** Bits that are as probable as not. */
  function direct(bits) {
    let value = 0;
    for (let left = bits; left > 0; left -= 1) {
      coder[0] >>>= 1;
      const found = coder[1] >= coder[0] ? 1 : 0;
      if (found) coder[1] -= coder[0];
      widen();
      value = (value << 1) | found;
    }
    return value;
  }

  function matchLength(context, position) {
    if (!bit(context)) return 2 + tree(context + 2 + (position << 3), 3);
    if (!bit(context + 1)) return 10 + tree(context + 130 + (position << 3), 3);
    return 18 + tree(context + 258, 8);
  }

  function matchDistance(size) {
    const slot = tree(SLOT + (Math.min(size - 2, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < 14) return base + reversed(SPECIAL + base - slot, bits);
    return base + (direct(bits - 4) << 4) + reversed(ALIGN, 4);
  }

  function literal(state, distance) {
    const before = length > 0 ? out[length - 1] : 0;
    const context = LITERAL + 0x300 * (((length & placeMask) << literals) + (before >> (8 - literals)));
    let symbol = 1;
    if (state >= 7) {
      // Behind a match, the byte that would have come next is a hint for as long as it is right.
      let hint = out[length - distance - 1];
      while (symbol < 0x100) {
        const expected = (hint >> 7) & 1;
        hint <<= 1;
        const found = bit(context + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | found;
        if (found !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | bit(context + symbol);
    return symbol & 0xff;
  }

  let state = 0;
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (;;) {
    if (length + 300 > out.length) {
      const larger = new Uint8Array(2 * out.length);
      larger.set(out);
      out = larger;
    }
    const position = length & positionMask;
    if (!bit(MATCH + (state << 4) + position)) {
      out[length] = literal(state, first);
      length += 1;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let size = 1;
    if (!bit(REP + state)) {
      [second, third, fourth] = [first, second, third];
      size = matchLength(LENGTH, position);
      first = matchDistance(size);
      // The end is marked by a distance that no match has.
      if (first === -1) return out.subarray(0, length);
      state = state < 7 ? 7 : 10;
    } else {
      let short = false;
      if (!bit(REP0 + state)) short = !bit(SHORT + (state << 4) + position);
      else if (!bit(REP1 + state)) [first, second] = [second, first];
      else if (!bit(REP2 + state)) [first, second, third] = [third, first, second];
      else [first, second, third, fourth] = [fourth, first, second, third];
      if (!short) size = matchLength(REP_LENGTH, position);
      state = state < 7 ? (short ? 9 : 8) : 11;
    }
    for (const end = length + size; length < end; length += 1) out[length] = out[length - first - 1];
  }
}
