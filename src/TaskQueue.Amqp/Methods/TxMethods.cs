namespace TaskQueue.Amqp.Methods;

/// <summary><c>tx.select</c>. Begins transactions.</summary>
public sealed class TxSelect() : Method((90 << 16) | 10);

/// <summary><c>tx.select-ok</c>. They have begun.</summary>
public sealed class TxSelectOk() : Method((90 << 16) | 11);

/// <summary><c>tx.commit</c>. Ends a transaction.</summary>
public sealed class TxCommit() : Method((90 << 16) | 20);

/// <summary><c>tx.commit-ok</c>. It is done.</summary>
public sealed class TxCommitOk() : Method((90 << 16) | 21);

/// <summary><c>tx.rollback</c>. Undoes a transaction.</summary>
public sealed class TxRollback() : Method((90 << 16) | 30);

/// <summary><c>tx.rollback-ok</c>. It is undone.</summary>
public sealed class TxRollbackOk() : Method((90 << 16) | 31);
