// The moment at which all pictures are taken: a Tuesday morning in term.

export const NOW = '2026-11-03T10:05:00Z';
