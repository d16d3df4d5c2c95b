import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Where `npm run dev` finds an API; `npm run mock` listens there by default.
const api = process.env.MUSTER_DEV_API ?? "http://127.0.0.1:5180";

export default defineConfig({
	plugins: [svelte()],
	build: {
		target: "es2022",
		// The content security policy allows files of our own origin only, nothing inline.
		assetsInlineLimit: 0,
		modulePreload: false,
	},
	server: {
		host: "127.0.0.1",
		port: 5173,
		proxy: { "/api": api, "/mock": api },
	},
});
