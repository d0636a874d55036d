/** Colours of both schemes as plain rules, since not every viewer of SVG knows variables. Contrast of text is 4.5 or more. */
const LIGHT = {
  page: '#ffffff',
  frame: '#d0d7de',
  stage: '#f6f8fa',
  chip: '#ffffff',
  text: '#1f2328',
  muted: '#59636e',
  wait: '#8c959f',
  holds: '#1a7f37',
  broken: '#cf222e',
  wrong: '#ffebe9',
  accepted: '#9a6700',
  unknown: '#9a6700',
  tag: '#ffffff',
};
const DARK: typeof LIGHT = {
  page: '#0d1117',
  frame: '#3d444d',
  stage: '#151b23',
  chip: '#212830',
  text: '#f0f6fc',
  muted: '#9198a1',
  wait: '#656c76',
  holds: '#3fb950',
  broken: '#f85149',
  wrong: '#3c1618',
  accepted: '#d29922',
  unknown: '#d29922',
  tag: '#0d1117',
};

function colours(c: typeof LIGHT): string {
  return [
    `.page{fill:${c.page}}`,
    `text{fill:${c.text}}`,
    `.label{fill:${c.muted}}`,
    `.stage{fill:${c.stage};stroke:${c.frame}}`,
    `.ghost{fill:none;stroke:${c.wait}}`,
    `.chip{fill:${c.chip};stroke:${c.frame}}`,
    `.chip.wrong{fill:${c.wrong};stroke:${c.broken}}`,
    `.dot{fill:${c.holds}}`,
    `.dot.wrong{fill:${c.broken}}`,
    `.wait,.need.unjudged{stroke:${c.wait}}`,
    `.need.holds{stroke:${c.holds}}`,
    `.need.broken{stroke:${c.broken}}`,
    `.need.accepted,.need.unknown{stroke:${c.accepted}}`,
    `.head.wait,.head.unjudged{fill:${c.wait};stroke:none}`,
    `.head.holds,.good{fill:${c.holds}}`,
    `.head.broken,.bad,rect.tag.broken{fill:${c.broken}}`,
    `.head.accepted,.head.unknown,rect.tag.accepted,rect.tag.unknown{fill:${c.accepted}}`,
    `text.tag{fill:${c.tag}}`,
  ].join('');
}

/** The style sheet of a picture. */
export const PICTURE_STYLE = [
  "text{font-family:'Segoe UI',system-ui,-apple-system,'Helvetica Neue',Arial,'Liberation Sans',sans-serif}",
  '.title{font-size:18px;font-weight:600}',
  '.sentence{font-size:13px}',
  '.name{font-size:14px;font-weight:600}',
  '.service{font-size:13px}',
  '.label{font-size:12px}',
  'text.tag{font-size:11px;font-weight:600;text-anchor:middle}',
  '.ghost{stroke-dasharray:5 4}',
  '.wait,.need{fill:none;stroke-width:1.5;stroke-linecap:round}',
  '.need{stroke-width:2}',
  '.need.broken{stroke-width:2.5;stroke-dasharray:7 5}',
  '.need.accepted,.need.unknown{stroke-dasharray:2 5}',
  '.need.unjudged{stroke-width:1.5;stroke-dasharray:4 4}',
  colours(LIGHT),
  `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
].join('');
