// What goes wrong in the page is kept for the tests to see.
window.wrong = [];
window.addEventListener('error', (event) => window.wrong.push(String(event.message)));
window.addEventListener('unhandledrejection', (event) => window.wrong.push(String(event.reason)));
