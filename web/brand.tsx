/** The product's name and sign, at the head of each page. */
export function Brand() {
  return (
    <a class="brand" href="/" aria-label="Kuku Coach">
      <img
        src={document.querySelector<HTMLLinkElement>("link[rel=icon]")?.href}
        alt=""
        width="36"
        height="36"
      />
      <span>Kuku Coach</span>
    </a>
  );
}
