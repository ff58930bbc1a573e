/** Where one is signed in, to be ended there, elsewhere or everywhere. */
import { formatDay } from "../format.ts";
import { type Place, request } from "./requests.ts";
import { leave, type SectionProps } from "./sections.ts";
import { words } from "./texts.ts";

const browsers = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", Chrome: "Chrome", Safari: "Safari" };
const systems = {
  Android: "Android",
  iPhone: "iPhone",
  iPad: "iPad",
  Windows: "Windows",
  Mac: "Mac",
  Linux: "Linux",
};

/** Browser and system by a mark in the User-Agent header; the first that fits counts. */
function deviceOf(userAgent: string | undefined): string {
  if (!userAgent) return words.unknownDevice;
  const named = (names: Readonly<Record<string, string>>) =>
    Object.entries(names).find(([mark]) => userAgent.includes(mark))?.[1];
  const [browser, system] = [named(browsers), named(systems)];
  if (!browser) return userAgent.slice(0, 60);
  return system ? words.deviceOn(browser, system) : browser;
}

export function Places({ places, actions, ask, reload }: SectionProps) {
  const endOthers = async () => {
    await request("POST", "/api/auth/revoke-other-sessions");
    await reload();
    actions.tell(words.onlyThisLeft, "good");
  };
  const endAll = async () => {
    await request("POST", "/api/auth/revoke-sessions");
    leave();
  };
  const endOne = ({ id, userAgent }: Place) =>
    ask({
      title: `${words.signOutThere}?`,
      text: words.signOutThereText(deviceOf(userAgent)),
      action: words.signOutThere,
      confirm: async () => {
        await request("DELETE", `/api/auth/sign-ins/${id}`);
        await reload();
      },
    });
  const { signOutOthers, signOutOthersText, signOutAll, signOutAllText } = words;
  return (
    <section class="card" aria-labelledby="places-heading">
      <h2 id="places-heading">{words.places}</h2>
      <ul id="places" class="list">
        {places.map((place) => (
          <li key={place.id}>
            <div>
              {deviceOf(place.userAgent)}
              <small>
                {[place.current ? words.here : words.lastUsed(formatDay(place.lastUsedAt)), place.address]
                  .filter(Boolean)
                  .join(" · ")}
              </small>
            </div>
            {!place.current && (
              <button type="button" onClick={() => endOne(place)}>
                {words.signOutThere}
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="buttons">
        {places.length > 1 && (
          <button
            type="button"
            onClick={() =>
              ask({
                title: `${signOutOthers}?`,
                text: signOutOthersText,
                action: signOutOthers,
                confirm: endOthers,
              })
            }
          >
            {signOutOthers}
          </button>
        )}
        <button
          type="button"
          onClick={() =>
            ask({ title: `${signOutAll}?`, text: signOutAllText, action: signOutAll, confirm: endAll })
          }
        >
          {signOutAll}
        </button>
      </p>
    </section>
  );
}
