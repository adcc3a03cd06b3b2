'use strict';

// Keeps the live part of a page up to date, and times in step with the clock. Pages work without it.
(() => {
    const FIRST_RETRY = 500, LONGEST_RETRY = 5000;

    const live = document.getElementById('live');
    const state = document.getElementById('live-state');
    const pause = document.getElementById('live-pause');
    const address = live && live.dataset.from;
    let source = null, retry = FIRST_RETRY, timer = 0, isPaused = false;

    // Times: as TimeText says them.
    const distance = seconds => seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} days`;

    const tick = () => {
        if (isPaused) {
            return;
        }

        const now = Date.now();
        for (const time of document.querySelectorAll('time[data-as]')) {
            const ahead = Math.trunc((Date.parse(time.dateTime) - now) / 1000);
            const span = distance(Math.abs(ahead));
            const text = time.dataset.as === 'since' ? span : ahead > 0 ? `in ${span}` : `${span} ago`;
            if (time.textContent !== text) {
                time.textContent = text;
            }
        }
    };

    // Makes one tree like another, and keeps what is alike: focus, selection, what is open and how far it is scrolled.
    const isAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.id === b.id && (a.dataset?.key ?? '') === (b.dataset?.key ?? '');

    const attributes = (old, fresh) => {
        for (const { name } of [...old.attributes]) {
            if (!fresh.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) {
                old.removeAttribute(name);
            }
        }

        for (const { name, value } of fresh.attributes) {
            if (old.getAttribute(name) !== value) {
                old.setAttribute(name, value);
            }
        }
    };

    const morph = (old, fresh) => {
        const rest = [...old.childNodes];
        let place = old.firstChild;
        for (const child of [...fresh.childNodes]) {
            const known = child.dataset?.key !== undefined ? rest.find(node => node.parentNode === old && isAlike(node, child)) : place && isAlike(place, child) ? place : null;
            if (!known) {
                old.insertBefore(child, place);
                continue;
            }

            if (known !== place) {
                old.insertBefore(known, place);
            } else {
                place = place.nextSibling;
            }

            if (known.nodeType === Node.ELEMENT_NODE) {
                // What somebody is writing stays.
                if (!(known.nodeName === 'INPUT' && known === document.activeElement)) {
                    attributes(known, child);
                    morph(known, child);
                }
            } else if (known.nodeValue !== child.nodeValue) {
                known.nodeValue = child.nodeValue;
            }
        }

        while (place) {
            const next = place.nextSibling;
            place.remove();
            place = next;
        }
    };

    const show = html => {
        const fresh = new DOMParser().parseFromString(`<div>${html}</div>`, 'text/html').body.firstElementChild;
        morph(live, fresh);
        tick();
    };

    const say = (text, kind) => {
        if (state.textContent !== text) {
            state.textContent = text;
        }

        state.className = kind;
    };

    const disconnect = () => {
        clearTimeout(timer);
        source?.close();
        source = null;
    };

    const again = () => {
        disconnect();
        say('Reconnecting…', 'off');
        timer = setTimeout(connect, retry);
        retry = Math.min(retry * 2, LONGEST_RETRY);
    };

    const connect = async () => {
        disconnect();
        if (isPaused || document.hidden) {
            return;
        }

        const mine = source = new EventSource(address);
        mine.addEventListener('part', event => {
            retry = FIRST_RETRY;
            say('Live', 'on');
            show(JSON.parse(event.data));
        });
        mine.addEventListener('same', () => {
            retry = FIRST_RETRY;
            say('Live', 'on');
        });
        mine.addEventListener('trouble', event => say(JSON.parse(event.data), 'off'));

        // Whoever may not see this page any more is led to where to log in.
        mine.addEventListener('leave', () => {
            disconnect();
            location.reload();
        });
        mine.onerror = async () => {
            if (mine !== source) {
                return;
            }

            again();
            try {
                const answer = await fetch(address, { method: 'HEAD', cache: 'no-store' });
                if (answer.status === 401) {
                    disconnect();
                    location.reload();
                }
            } catch {
                // Not there yet; it is tried again all the same.
            }
        };
    };

    if (address) {
        pause.hidden = false;
        pause.addEventListener('click', () => {
            isPaused = !isPaused;
            pause.textContent = isPaused ? 'Go on' : 'Stop updating';
            pause.setAttribute('aria-pressed', String(isPaused));
            if (isPaused) {
                disconnect();
                say('Stopped', '');
            } else {
                retry = FIRST_RETRY;
                connect();
                tick();
            }
        });
        document.addEventListener('visibilitychange', connect);
        addEventListener('pagehide', disconnect);
        addEventListener('pageshow', event => event.persisted && connect());
        connect();
    }

    tick();
    setInterval(tick, 1000);
})();
