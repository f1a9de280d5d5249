// Links that hold what was typed.

export const read = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
};

export const address = (text) => `${location.href.split("#")[0]}#${encodeURIComponent(text)}`;

/** The address of the page becomes that of a text, so that it can be gone back to. */
export const keep = (text) => {
  if (read() !== text) history.pushState(null, "", address(text));
};
