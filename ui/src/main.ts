import "./app.css";
import "./lib/prefs/prefs.svelte";

import { mount } from "svelte";

import App from "./App.svelte";
import { startArrows } from "./lib/keys/arrows";
import { startKeys } from "./lib/keys/keys.svelte";
import { startRouter } from "./lib/router/router.svelte";

startRouter();
startKeys();
startArrows();
mount(App, { target: document.getElementById("app")! });
