/** The shapes of API v1 by their short names, taken from the generated description. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Chapter = Schemas["Chapter"];
export type Client = Schemas["Client"];
export type Credit = Schemas["Credit"];
export type EntryPage = Schemas["EntryPage"];
export type Folder = Schemas["Folder"];
export type FolderListing = Schemas["FolderListing"];
export type HandList = Schemas["HandList"];
export type Home = Schemas["Home"];
export type Image = Schemas["Image"];
export type Item = Schemas["Item"];
export type ItemDetail = Schemas["ItemDetail"];
export type ItemKind = Item["kind"];
export type ItemPage = Schemas["ItemPage"];
export type LatestRow = Schemas["LatestRow"];
export type Library = Schemas["Library"];
export type LibraryKind = Library["kind"];
export type LibraryPage = Schemas["LibraryPage"];
export type PlayRequest = Schemas["PlayRequest"];
export type PlaySession = Schemas["PlaySession"];
export type Ref = Schemas["Ref"];
export type Scan = Schemas["Scan"];
export type ScanCounts = Schemas["ScanCounts"];
export type ScanDetail = Schemas["ScanDetail"];
export type ScanPage = Schemas["ScanPage"];
export type SearchAnswer = Schemas["SearchAnswer"];
export type Server = Schemas["Server"];
export type Stream = Schemas["Stream"];
export type User = Schemas["User"];
export type UserState = Schemas["UserState"];
export type Version = Schemas["Version"];
