// The chosen language. Spanish unless the reader chose otherwise; the choice stays in this browser.
import { en } from './en';
import { es, type Messages } from './es';

export type Lang = 'es' | 'en';

const KEY = 'madeja.lang';

function stored(): Lang {
  try {
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'es';
  } catch {
    return 'es';
  }
}

class I18n {
  lang = $state<Lang>(stored());

  get t(): Messages {
    return this.lang === 'en' ? en : es;
  }

  choose(lang: Lang): void {
    this.lang = lang;
    try {
      localStorage.setItem(KEY, lang);
    } catch {
      // A browser that keeps nothing still works for this visit.
    }
  }
}

export const i18n = new I18n();
