/** "family=user, parents=admin" -> {family: "user", parents: "admin"}; what has no two sides is refused in words. */
export function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const part of text.split(",").map((word) => word.trim()).filter(Boolean)) {
    const at = part.lastIndexOf("=");
    const [value, role] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (at < 1 || !value || !role) throw new Error(`“${part}” is not of the form value=role.`);
    found[value] = role;
  }
  return found;
}

export const unpaired = (roles: Readonly<Record<string, string>>): string =>
  Object.entries(roles)
    .map(([value, role]) => `${value}=${role}`)
    .join(", ");
