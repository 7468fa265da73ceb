"""What every job is given: settings, session, tables, the job registry and the Spark rendering of the rules."""
