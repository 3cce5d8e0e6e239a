// The API's description as a page. It asks nobody but this server: clients are built where there is no internet too.
import "swagger-ui-dist/swagger-ui.css";

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

import { csrf } from "./lib/api/client";

SwaggerUI({
  dom_id: "#docs",
  url: "/api/v1/openapi.json",
  validatorUrl: null, // else the address of each description that is shown is told to a service on the internet
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: 0,
  // Whoever is signed in to this server may try an operation as themselves.
  requestInterceptor: (request) => {
    if (request.method !== "GET") Object.assign(request.headers, csrf());
    return request;
  },
});
