// Opens the page in headless Chromium: interactive in time, no outside request, no script of the
// cluster's, facets and keyboard work, and axe finds nothing at desktop and phone width, light and
// dark. With a folder as second argument, screenshots are left there.
"use strict";
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const puppeteer = require("puppeteer-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [file, shots] = process.argv.slice(2);
const wrong = [];
const expect = (holds, said) => { if (!holds) wrong.push(said); };

(async () => {
  const size = fs.statSync(file).size;
  expect(size < 1e6, `${size} bytes`);
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const url = pathToFileURL(path.resolve(file)).href;
  let ready = 0;
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]]) {
    const page = await browser.newPage();
    await page.setViewport({ width, height: width > 600 ? 900 : 844 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setBypassCSP(false);
    page.on("request", (request) => {
      const asked = request.url();
      expect(asked.split("#")[0] === url || asked.startsWith("data:"), `asks for ${asked}`);
    });
    page.on("dialog", async (dialog) => { wrong.push(`dialog ${dialog.message()}`); await dialog.dismiss(); });
    page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
    page.on("console", (line) => { if (line.type() === "error") wrong.push(`console: ${line.text()}`); });
    await page.goto(url, { waitUntil: "load" });
    await page.waitForFunction("document.documentElement.dataset.ready", { timeout: 10000 });
    const took = Number(await page.evaluate("document.documentElement.dataset.ready"));
    ready = Math.max(ready, took);
    expect(took < 1500, `interactive after ${took} ms`);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow <= 0, `${overflow} pixels too wide at ${width}`);
    if (shots) {
      fs.mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: `${shots}/${width}-${scheme}.png` });
      await page.screenshot({ path: `${shots}/${width}-${scheme}-full.png`, fullPage: true });
    }
    if (width === 1280 && scheme === "light") {
      const filtered = await page.evaluate(() => {
        const from = performance.now();
        const box = document.getElementById("f-verdict");
        box.value = box.options[box.options.length - 1].value;
        box.dispatchEvent(new Event("change"));
        document.body.offsetHeight;
        return performance.now() - from;
      });
      expect(filtered < 150, `a filter takes ${filtered} ms`);
      await page.evaluate(() => document.getElementById("clear").click());
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press("/");
      expect((await page.evaluate("document.activeElement.id")) === "f-text", "/ does not focus the search");
      await page.evaluate(() => document.activeElement.blur());
      if (shots) {
        const pdf = `${shots}/print.pdf`;
        await page.pdf({ path: pdf, format: "A4", tagged: true });
      }
    }
    // What opens is checked too.
    await page.evaluate(() => {
      document.querySelectorAll("details").forEach((all) => (all.open = true));
      document.querySelector("#rows .more")?.click();
    });
    if (shots) {
      const detail = await page.$("#findings");
      await detail.screenshot({ path: `${shots}/${width}-${scheme}-findings.png`, clip: undefined }).catch(() => {});
    }
    // Axe is of the test, not of the page: its evaluation goes past the policy of the page.
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"],
    }));
    for (const violation of result.violations) {
      wrong.push(`axe ${width} ${scheme}: ${violation.id} (${violation.nodes.length}): ${violation.help}: ` +
        violation.nodes.slice(0, 2).map((node) => node.html.slice(0, 160) + " " + (node.any[0]?.message || "")).join(" | "));
    }
    await page.close();
  }
  await browser.close();
  console.log(`${size} bytes, interactive after ${ready} ms`);
  if (wrong.length) {
    console.log([...new Set(wrong)].join("\n"));
    process.exit(1);
  }
})().catch((error) => { console.error(error); process.exit(1); });
