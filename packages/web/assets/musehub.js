// What a page can do without this script, it does: this saves a click.
for (const commands of document.querySelectorAll(".commands")) {
  if (!navigator.clipboard) break
  const button = document.createElement("button")
  button.type = "button"
  button.textContent = "Copy"
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(commands.querySelector("pre").textContent)
    button.textContent = "Copied"
    setTimeout(() => (button.textContent = "Copy"), 2000)
  })
  commands.append(button)
}

for (const select of document.querySelectorAll("form.picker select")) {
  select.addEventListener("change", () => select.form.requestSubmit())
}

// Waits for the repository to move, as long as the page is seen: browsers hold few connections to a host.
const shown = document.querySelector("[data-events]")
if (shown) {
  const note = document.createElement("div")
  note.className = "moved"
  note.role = "status"
  document.querySelector("main").append(note)

  const tell = (text) => {
    const reload = document.createElement("button")
    reload.type = "button"
    reload.textContent = "Reload"
    reload.addEventListener("click", () => location.reload())
    note.append(text, " ", reload)
  }

  let events
  let later
  let isTold = false
  const close = () => {
    clearTimeout(later)
    events?.close()
    events = undefined
  }
  const open = () => {
    if (events || isTold || document.hidden) return
    events = new EventSource(shown.dataset.events)
    events.addEventListener("moved", ({ data }) => {
      isTold = true
      close()
      tell(data)
    })
    // A browser asks again by itself, unless it was refused.
    events.addEventListener("error", () => {
      if (events?.readyState !== EventSource.CLOSED) return
      close()
      later = setTimeout(open, 60_000)
    })
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()))
  window.addEventListener("pagehide", close)
  window.addEventListener("pageshow", open)
}

// A graph goes on where its page ends, once its reader is near.
const goOn = (pager) => {
  const near = async ([{ isIntersecting }], observer) => {
    if (!isIntersecting) return
    observer.disconnect()
    const answer = await fetch(pager.querySelector("a").href).catch(() => undefined)
    if (!answer?.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    const following = page.querySelectorAll(".graph, .graph + .pager")
    pager.replaceWith(...following)
    for (const next of following) if (next.matches(".pager")) goOn(next)
  }
  new IntersectionObserver(near, { rootMargin: "600px" }).observe(pager)
}

for (const pager of document.querySelectorAll(".graph + .pager")) goOn(pager)
