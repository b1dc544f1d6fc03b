// What the page has sent before is at the server when these have been answered one after the other.
fetch('/fence').then(() => fetch('/fence')).then(() => fetch('/fence'));
