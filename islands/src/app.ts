/** Loaded on every page. */
document.documentElement.classList.add("script");
