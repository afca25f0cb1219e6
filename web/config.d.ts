/** The generated `config.js`: see `SiteConfig` in `src/project/site.py`. */
declare const config: {
  region: string;
  userPoolId: string;
  userPoolClientId: string;
  apiBase: string;
  stage: string;
  docs: boolean;
  passwordComplexity: boolean;
  mailbox: string | null;
  demo: { email: string; password: string } | null;
};
export default config;
