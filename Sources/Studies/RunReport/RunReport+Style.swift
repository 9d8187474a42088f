extension RunReport {
    /// Colours of Okabe and Ito, told apart by colour-blind eyes as well; darker or lighter where one would not be seen.
    static let style = """

        :root { --text: #1d1d1f; --quiet: #5c5c63; --line: #dcdce1; --back: #ffffff; --panel: #f6f6f8;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b2478c; --c4: #8a6d00; --c5: #3a9bd1; --c6: #6b4fc4; --c7: #7a7a80; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #ececf0; --quiet: #a6a6ae; --line: #3c3c42; --back: #17171a; --panel: #212125;
            --c0: #4ea6dd; --c1: #f08a4b; --c2: #2fc89b; --c3: #e08bc0; --c4: #e0c04a; --c5: #9ad4f5; --c6: #a793ee; --c7: #b0b0b8; }
        }
        body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 0 auto; padding: 1.2rem;
          max-width: 1320px; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-top: 1px solid var(--line); padding-top: 1rem; }
        h3 { font-size: 1.05rem; margin-top: 1.6rem; }
        h1, h2, h3, p, summary, figcaption { overflow-wrap: anywhere; } th, td { overflow-wrap: break-word; max-width: 24rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: 0.9rem; }
        th, td { border-bottom: 1px solid var(--line); padding: 0.28rem 0.6rem; text-align: left; vertical-align: top; }
        th, td { min-width: 1.4rem; }
        th { color: var(--quiet); font-weight: 600; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .confusion td { border: 1px solid var(--back); } .confusion .score { color: var(--quiet); }
        .confusion tbody th { max-width: 14rem; text-align: right; }
        .upright { vertical-align: bottom; text-align: right; }
        .upright span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9rem; overflow: hidden; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(32rem, 100%), 1fr)); gap: 1rem; }
        .chart { margin: 0; padding: 0.7rem; background: var(--panel); border-radius: 8px; max-width: 660px; }
        .chart figcaption { font-weight: 600; } .chart svg { width: 100%; height: auto; display: block; }
        .chart text { font-size: 12px; fill: var(--quiet); } .grid { stroke: var(--line); } .axis { stroke: var(--quiet); }
        .mark { stroke: var(--quiet); stroke-dasharray: 5 4; } .pointer { stroke: var(--quiet); }
        .readout { margin: 0.2rem 0 0; min-height: 2.6em; font-size: 0.82rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
        .curve { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; } .faint { stroke-width: 1; opacity: 0.45; }
        .band { fill: currentColor; opacity: 0.18; stroke: none; } circle { fill: currentColor; }
        .train .curve { stroke-dasharray: 5 3; } .train circle { opacity: 0.6; } .validation .curve { stroke-dasharray: 1.5 2.5; }
        .set-train, .color0 { color: var(--c0); } .set-test, .color1 { color: var(--c1); } .set-validation, .color2 { color: var(--c2); }
        .color3 { color: var(--c3); } .color4 { color: var(--c4); } .color5 { color: var(--c5); } .color6 { color: var(--c6); }
        .color7 { color: var(--c7); } .plain { color: var(--text); }
        .key { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; background: currentColor; margin-right: 0.45em; }
        .legend .entry { display: inline-block; margin-right: 1.4em; }
        .sample { width: 30px; height: 12px; margin-right: 0.45em; vertical-align: middle; }
        .pictures { display: flex; flex-wrap: wrap; gap: 0.8rem; } .pictures figure { margin: 0; width: 8.2rem; font-size: 0.8rem; }
        .pictures img { width: 96px; height: 96px; object-fit: contain; image-rendering: pixelated; background: var(--panel);
          border-radius: 4px; }
        details { margin: 0.8rem 0; } summary { cursor: pointer; } pre { overflow-x: auto; background: var(--panel); padding: 0.8rem;
          border-radius: 8px; font-size: 0.82rem; }

        """

    /// Tells the values of all curves at the point nearest to the pointer. In a section that XML does not look into.
    static let script = """
        /*<![CDATA[*/
        for (const svg of document.querySelectorAll(".chart svg")) {
          const readout = svg.parentNode.querySelector(".readout");
          const [low, high] = [+svg.dataset.low, +svg.dataset.high], isLog = svg.dataset.log === "1";
          const curves = [...svg.querySelectorAll("g[data-name]")].map(g => ({ name: g.dataset.name,
            xs: g.dataset.xs.split(" ").map(Number), ys: g.dataset.ys.split(" "), errors: g.dataset.errors.split(" ") }));
          const pointer = document.createElementNS(svg.namespaceURI, "line");
          pointer.setAttribute("class", "pointer"); pointer.setAttribute("y1", 12); pointer.setAttribute("y2", 260);
          svg.addEventListener("pointermove", event => {
            const place = (event.clientX - svg.getBoundingClientRect().left) / svg.clientWidth * 620;
            const share = Math.min(1, Math.max(0, (place - 64) / 542));
            const x = isLog ? low * Math.pow(high / low, share) : low + share * (high - low);
            const distance = value => isLog ? Math.abs(Math.log(value / x)) : Math.abs(value - x);
            let nearest = NaN;
            for (const curve of curves) for (const value of curve.xs)
              if (!(distance(value) >= distance(nearest))) nearest = value;
            const texts = curves.map(curve => {
              const index = curve.xs.indexOf(nearest);
              if (index < 0 || !curve.ys[index]) return null;
              return curve.name + " " + curve.ys[index] + (curve.errors[index] ? " ± " + curve.errors[index] : "");
            }).filter(text => text);
            readout.textContent = svg.dataset.x + " " + nearest + ": " + texts.join("; ");
            const at = isLog ? Math.log(nearest / low) / Math.log(high / low) : (nearest - low) / (high - low);
            pointer.setAttribute("x1", 64 + at * 542); pointer.setAttribute("x2", 64 + at * 542);
            svg.append(pointer);
          });
          svg.addEventListener("pointerleave", () => { pointer.remove(); readout.textContent = ""; });
        }
        /*]]>*/
        """
}
