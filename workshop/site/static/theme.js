// Our pictures know the attribute that JupyterLab sets for its themes; this page's switch sets another.
const follow = () => {
  const theme = document.body.dataset.theme;
  if (theme === "light" || theme === "dark") document.body.dataset.jpThemeLight = String(theme === "light");
  else delete document.body.dataset.jpThemeLight;
};
new MutationObserver(follow).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
follow();
