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
