"""Alembic's entry: runs the migrations in the transaction that open_database hands over."""

from alembic import context

from dispatcher.outbox.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
    transactional_ddl=False,  # the transaction is the caller's
)
context.run_migrations()
