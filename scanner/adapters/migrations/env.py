"""Alembic's entry: the connection is handed over by `Database.migrate`."""

from alembic import context

from scanner.adapters.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
