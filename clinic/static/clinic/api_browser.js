"use strict";

// The REST interface as its schema tells of it. Nothing is asked of another host, and no key is kept.
{
  const place = document.getElementById("api-browser");
  // The page has a heading and a <main> of its own, and needs no second ones.
  const inPage = (system) => ({
    components: {
      InPage: ({ getComponent }) => {
        const { createElement } = system.React;
        const part = (name) => createElement(getComponent(name, true), { key: name });
        const parts = ["errors", "AuthorizeBtnContainer", "operations"].map(part);
        return createElement("div", { className: "swagger-ui" }, parts);
      },
    },
  });
  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    persistAuthorization: false,
    validatorUrl: null,
    plugins: [inPage],
    layout: "InPage",
  });
}
