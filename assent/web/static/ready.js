// The end of every page's own script: what was pressed while it was on its way is done now.

export const ready = () => document.dispatchEvent(new Event("page-ready"));
