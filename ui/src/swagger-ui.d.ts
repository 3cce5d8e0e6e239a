declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Request {
    method?: string;
    headers: Record<string, string>;
  }
  /** The options that are used here; the package brings no types. */
  interface Options {
    dom_id: string;
    url: string;
    validatorUrl: string | null;
    deepLinking: boolean;
    docExpansion: "list" | "full" | "none";
    filter: boolean;
    defaultModelsExpandDepth: number;
    requestInterceptor: (request: Request) => Request;
  }
  export default function SwaggerUI(options: Options): unknown;
}
