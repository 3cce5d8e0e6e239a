"""Tools of the workshop: programs that help to build and keep the project, and are no part of it."""
