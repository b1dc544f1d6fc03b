// A router of the kind every framework has: links are caught, the address is pushed, then the view is drawn.
const draw = () => { document.querySelector('#view').textContent = location.pathname; };
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-route]');
  if (!link) return;
  event.preventDefault();
  history.pushState({ route: link.pathname }, '', link.href);
  draw();
  scrollTo(0, 0);
});
addEventListener('popstate', draw);
draw();
