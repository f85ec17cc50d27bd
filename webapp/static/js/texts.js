// Texts of pages with the values of a moment.

export const format = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
